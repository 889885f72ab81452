"""The catalogue of labels: what personal data is called. One canonical vocabulary, and every other word that users hold for it."""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec


class Label(msgspec.Struct, frozen=True):
    """One kind of personal data.

    `group`: labels that are told apart by little and stand for each other in a pinch. `quasi`: identifies a person only together with
    other columns. `classify`: in the published catalogue of `classify`. `aliases`: other names, first the one that transform templates
    use; an alias may belong to several labels."""

    name: str
    group: str
    aliases: tuple[str, ...] = ()
    quasi: bool = False
    classify: bool = False


_TABLE = """
person_name|person|name full_name person persons people|c
first_name|person|first_name given_name middle_name firstname|c
last_name|person|last_name surname family_name lastname|c
email_address|email|email e_mail|c
phone_number|phone|phone_number fax_number phone phone_number_namer telephone mobile|c
us_social_security_number|government_id|ssn social_security_number us_ssn itin us_itin|c
national_id|government_id|national_id uk_nino nino national_identification_number personal_id|
tax_id|government_id|tax_id itin ein vat_number tin|
passport_number|government_id|passport_number national_id passport us_passport|
driver_license|government_id|certificate_license_number driver_license drivers_license us_driver_license driving_licence license_number|
uk_nhs_number|health_id|national_id uk_nhs nhs_number|
medical_record_number|health_id|medical_record_number mrn|
health_plan_number|health_id|health_plan_beneficiary_number health_insurance_number insurance_number|
birth_date|date|date_of_birth birth_date dob|cq
date|date|date|cq
datetime|date|date_time datetime timestamp|cq
time|date|time|cq
age|age|age|cq
gender|demographic|gender|cq
sex|demographic|sex gender|cq
sexuality|demographic|sexuality sexual_orientation|q
ethnicity|demographic|ethnicity|cq
race|demographic|race|cq
norp_group|demographic|norp norp_group nationality nrp|cq
religion|demographic|religious_belief religion|q
political_view|demographic|political_view political_affiliation|q
language|demographic|language|q
blood_type|demographic|blood_type|q
marital_status|demographic|marital_status|q
education|work|education education_level|q
job_title|work|job_title job occupation profession|q
employment_status|work|employment_status|q
organization_name|organization|company_name company organization organization_name organisation org employer|cq
employee_id|account_id|employee_id|
customer_id|account_id|customer_id client_id|
unique_identifier|account_id|unique_identifier unique_id|
user_name|account_id|user_name username login|
account_number|bank|account_number|
bank_account_number|bank|account_number bank_account bank_account_number us_bank_number|
aba_routing_number|bank|bank_routing_number aba_routing_number routing_number|c
swift_code|bank|swift_bic swift_code swift bic|c
iban_code|bank|iban_code iban account_number|c
credit_card_number|card|credit_debit_card credit_card_number credit_card|c
cvv|card|cvv credit_card_security_code|
pin|card|pin|
crypto_wallet|crypto|crypto_wallet crypto bitcoin_address|
street_address|address|street_address address|
address|address|address full_address|
city|place|city town|q
us_state|place|state administrative_unit us_state province region|cq
us_zip_code|place|postcode us_zip_code zip_code zip zipcode postal_code|cq
postcode|place|postcode zip_code zip zipcode postal_code|q
country|place|country|q
location|place|location gpe loc|cq
latitude|coordinate|latitude lat|c
longitude|coordinate|longitude lon lng|c
gps_coordinates|coordinate|coordinate gps_coordinates coordinates|c
google_olc|coordinate|google_olc plus_code|c
ip_address|network|ipv4 ipv6 ip_address ip|c
mac_address|network|mac_address|c
url|network|url|cq
domain_name|network|domain_name url|cq
hostname|network|hostname|cq
http_cookie|network|http_cookie cookie|
uuid|device|unique_identifier uuid guid|c
imei_hardware_id|device|device_identifier imei_hardware_id imei|c
imsi_subscriber_id|device|device_identifier imsi_subscriber_id imsi|c
device_identifier|device|device_identifier device_id serial_number|
biometric_identifier|biometric|biometric_identifier|
vehicle_identifier|vehicle|vehicle_identifier vin|
license_plate|vehicle|license_plate|
password|secret|password|
api_key|secret|api_key secret token|
generic_key|secret|api_key generic_key|c
github_token|secret|api_key github_token|c
google_data|secret|api_key google_data google_api_key|c
slack_secrets|secret|api_key slack_secrets|c
stripe_api_key|secret|api_key stripe_api_key|c
square_api_key|secret|api_key square_api_key|c
sendgrid_credentials|secret|api_key sendgrid_credentials|c
twilio_data|secret|api_key twilio_data|c
facebook_data|secret|api_key facebook_data|c
aws_access_key|secret|api_key aws_access_key aws_credentials|
jwt|secret|api_key jwt http_cookie|c
md5|hash|md5|c
sha256|hash|sha256|c
sha512|hash|sha512|c
"""


def _read(line: str) -> Label:
    name, group, aliases, marks = line.split("|")
    return Label(name, group, tuple(aliases.split()), quasi="q" in marks, classify="c" in marks)


LABELS: dict[str, Label] = {label.name: label for label in map(_read, _TABLE.strip().splitlines())}
"""Every canonical label by name."""

TRANSFORM_ENTITIES: tuple[str, ...] = tuple(
    """first_name last_name name street_address city state administrative_unit postcode country address latitude longitude coordinate age
    phone_number fax_number email ssn unique_identifier medical_record_number health_plan_beneficiary_number account_number
    certificate_license_number vehicle_identifier license_plate device_identifier biometric_identifier url ipv4 ipv6 national_id tax_id
    bank_routing_number swift_bic credit_debit_card cvv pin employee_id api_key customer_id user_name password mac_address http_cookie
    date date_time date_of_birth time blood_type gender sexuality political_view race ethnicity religious_belief language education
    job_title employment_status company_name""".split()
)
"""The words that transform configurations use for entities."""

DEFAULT_ENTITIES: tuple[str, ...] = tuple(
    "name first_name last_name company email phone_number address street_address city administrative_unit country postcode".split()
)
"""What a transform looks for when its configuration lists no entities."""

MISSPELT = {"unique_identifer": "unique_identifier"}
"""Words that a published template misspells."""

_SEPARATORS = re.compile(r"[\s.-]+")


def plain_word(word: str) -> str:
    """A label or entity as it is looked up: lower case, words joined by underscores."""
    return _SEPARATORS.sub("_", word.strip().lower())


def canonical(word: str) -> tuple[str, ...]:
    """The canonical labels that a word of any vocabulary stands for, its own name first; none when it is not known."""
    plain = plain_word(word)
    plain = MISSPELT.get(plain, plain)
    own = (plain,) if plain in LABELS else ()
    return (*own, *(name for name, label in LABELS.items() if plain in label.aliases and name != plain))


BROADER: dict[str, tuple[str, ...]] = {
    "birth_date": ("date",),
    "datetime": ("date",),
    "first_name": ("person_name",),
    "last_name": ("person_name",),
    "sex": ("gender",),
    "gender": ("sex",),
    "race": ("ethnicity",),
    "ethnicity": ("race",),
    "us_zip_code": ("postcode",),
    "tax_id": ("national_id",),
    "city": ("location",),
    "country": ("location",),
    "us_state": ("location",),
    "street_address": ("address", "location"),
    "address": ("street_address", "location"),
    "account_number": ("bank_account_number",),
    "bank_account_number": ("account_number",),
    "domain_name": ("url",),
    "jwt": ("api_key",),
    "person_name": ("first_name", "last_name"),
}
"""What a value of a label also is: where the label itself is not wanted, the wanted one of these is told. A whole name is told
as a part of one where only parts are wanted: nobody is left out."""


def told_as(label: str, wanted: Collection[str]) -> str | None:
    """A canonical label as it may be told: itself, or the first wanted one of those that its values also are; None when none is wanted."""
    return next((name for name in (label, *BROADER.get(label, ())) if name in wanted), None)


def entity_of(label: str, wanted: tuple[str, ...]) -> str | None:
    """The word among `wanted` (as it is written there) that stands for a canonical label; the label's own aliases rank by their order,
    before those of what its values also are.

    None when no wanted word does."""
    plain = {MISSPELT.get(plain_word(word), plain_word(word)): word for word in reversed(wanted)}
    for name in (label, *BROADER.get(label, ())) if label in LABELS else ():
        found = LABELS[name]
        if word := next((plain[alias] for alias in (*found.aliases, found.name) if alias in plain), None):
            return word
    return label if label not in LABELS and label in wanted else None
