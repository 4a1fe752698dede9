from uuid import uuid5

from hypothesis import given
from hypothesis import strategies as st

from mappings.parties import NAMESPACE, urn


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=3))
def test_an_address_is_a_uuid_made_of_the_content(parts):
    assert urn(*parts) == f"urn:uuid:{uuid5(NAMESPACE, '|'.join(parts))}"
