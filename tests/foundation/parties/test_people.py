import pytest

from dure.foundation.parties import Person


@pytest.mark.django_db
def test_a_person_can_be_made():
    assert Person.objects.create_user("kim", password="x" * 12).check_password("x" * 12)
