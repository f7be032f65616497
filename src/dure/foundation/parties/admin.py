"""The administration pages of people and organisations."""

from django.contrib import admin

from dure.foundation.parties.models import Organisation, Person, Role


class RoleInline(admin.TabularInline):  # type: ignore[type-arg] # Django takes no parameter at run time
    """The roles of a person, on the person's page."""

    model = Role
    fk_name = "person"
    extra = 0


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # as above
    """A person: names, language, whether sign-in is allowed. Passwords are never shown."""

    list_display = ("username", "name", "email", "is_active", "joined")
    search_fields = ("username", "name", "email")
    fields = ("username", "name", "email", "language", "is_active", "is_staff", "joined", "last_login")
    readonly_fields = ("joined", "last_login")
    inlines = (RoleInline,)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # as above
    """An organisation."""

    list_display = ("name", "registered_as", "size", "region", "parent")
    list_filter = ("size",)
    search_fields = ("name", "name_en", "registered_as")
