"""Person (who signs in), Organisation, and the roles a person holds in one."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from dure.foundation.parties.rules import covers, in_force


class Organisation(models.Model):
    """A firm or an office that takes part: the one whose node this is, and those it deals with."""

    class Size(models.TextChoices):
        """Sizes as the law on small and medium enterprises has them, and bodies that are no firms."""

        SME = "sme", _("small or medium enterprise")
        MIDSIZE = "mid", _("mid-size enterprise")
        LARGE = "large", _("large enterprise")
        NON_PROFIT = "npo", _("non-profit body")
        PUBLIC = "public", _("public body")

    name = models.CharField(_("name"), max_length=200, unique=True)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    registered_as = models.CharField(_("business registration number"), max_length=40, blank=True)
    size = models.CharField(_("size"), max_length=8, choices=Size, blank=True)
    industries = models.JSONField(_("industries (ISIC)"), default=list, blank=True)
    region = models.CharField(_("region (ISO 3166-2)"), max_length=6, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("belongs to")
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class People(BaseUserManager["Person"]):
    """Makes persons; a password is only ever kept as its Argon2 hash."""

    def create_user(
        self, username: str, email: str = "", password: str | None = None, **more: Any
    ) -> "Person":
        """A new person who may sign in."""
        person = self.model(username=username, email=self.normalize_email(email), **more)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(
        self, username: str, email: str = "", password: str | None = None, **more: Any
    ) -> "Person":
        """A new person who may also use the administration pages."""
        return self.create_user(username, email, password, is_staff=True, is_superuser=True, **more)


class Person(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in, by user name or e-mail address."""

    class Language(models.TextChoices):
        """The languages of the pages."""

        KOREAN = "ko", "한국어"
        ENGLISH = "en", "English"

    username = models.CharField(
        _("user name"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()]
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, blank=True, default="")
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may use the administration pages"), default=False)
    joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects = People()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="person_email_once",
                violation_error_message=_("Somebody already uses this address."),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def roles(self) -> list[str]:
        """Names of the roles held now, the widest first; asked once a request."""
        return in_force(self.held.all(), timezone.now())

    def forget_roles(self) -> None:
        """Ask for the roles anew the next time: one was given or ended."""
        self.__dict__.pop("roles", None)

    @property
    def role(self) -> str:
        """The widest role held now; empty for somebody without one."""
        return next(iter(self.roles), "")

    @property
    def addresses(self) -> frozenset[str]:
        """Every e-mail address that this person has confirmed, in lower case: who somebody is, wherever they sign in from."""
        confirmed = self.emailaddress_set.filter(verified=True).values_list("email", flat=True)  # type: ignore[attr-defined]  # allauth's
        return frozenset(one.lower() for one in confirmed)

    def get_full_name(self) -> str:
        """The name that pages show."""
        return self.name or self.username

    def has_role(self, role: str) -> bool:
        """Whether this person may do what only a `role` may."""
        return self.is_active and any(covers(held, role) for held in self.roles)


class Role(models.Model):
    """What a person is in an organisation, and from when until when."""

    class Name(models.TextChoices):
        """The roles of a plant, the narrowest first; then those of offices, suppliers and judges."""

        EXPERT = "expert", _("Outside expert")
        WORKER = "worker", _("Worker")
        ENGINEER = "engineer", _("Engineer")
        OWNER = "owner", _("Owner")
        SUPPLIER = "supplier", _("Supplier of AI")
        STEWARD = "steward", _("Data steward")
        ANALYST = "analyst", _("Analyst")
        REVIEWER = "reviewer", _("Reviewer")
        EVALUATOR = "evaluator", _("Evaluator of learners")
        ASSESSOR = "assessor", _("Assessor")
        OFFICER = "officer", _("Officer")
        CENTRE = "centre", _("Support centre")
        MINISTRY = "ministry", _("Ministry")

    person = models.ForeignKey(Person, models.CASCADE, related_name="held", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Name)
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="roles", verbose_name=_("organisation")
    )
    since = models.DateTimeField(_("from"), default=timezone.now)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    delegated_by = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="delegated",
        verbose_name=_("delegated by"),
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}, {self.organisation}"
