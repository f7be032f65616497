"""What the submodel templates of the IDTA call things.

Sources: IDTA 02006-2-0 Digital Nameplate (ECLASS IRDIs of its table), IDTA 02008-1-1 Time Series Data,
IDTA 02003-1-2 Technical Data, IDTA 01003-a data specification IEC 61360.
"""

from collections.abc import Mapping

NAMEPLATE = "https://admin-shell.io/zvei/nameplate/2/0/Nameplate"
NAMEPLATES = ("https://admin-shell.io/zvei/nameplate/", "https://admin-shell.io/idta/nameplate/")
CONTACT = "https://admin-shell.io/zvei/nameplate/1/0/ContactInformations/ContactInformation"
TECHNICAL = "https://admin-shell.io/ZVEI/TechnicalData/Submodel/1/2"
TECHNICALS = ("https://admin-shell.io/zvei/technicaldata/",)
TECHNICAL_PART = "https://admin-shell.io/ZVEI/TechnicalData/{}/1/1"
NO_MEANING = "https://admin-shell.io/SemanticIdNotAvailable/1/1"
SERIES = "https://admin-shell.io/idta/TimeSeries/1/1"
SERIES_PART = "https://admin-shell.io/idta/TimeSeries/{}/1/1"
IEC61360 = "https://admin-shell.io/DataSpecificationTemplates/DataSpecificationIec61360/3"

# The same shell in XML differs between the two by this name alone, for what is written and read here.
V30, V31 = b"https://admin-shell.io/aas/3/0", b"https://admin-shell.io/aas/3/1"

# Fact of the nameplate → its idShort, its semantic id, whether it is said in languages.
PLATE: Mapping[str, tuple[str, str, bool]] = {
    "uri": ("URIOfTheProduct", "0173-1#02-AAY811#001", False),
    "manufacturer": ("ManufacturerName", "0173-1#02-AAO677#002", True),
    "designation": ("ManufacturerProductDesignation", "0173-1#02-AAW338#001", True),
    "root": ("ManufacturerProductRoot", "0173-1#02-AAU732#001", True),
    "family": ("ManufacturerProductFamily", "0173-1#02-AAU731#001", True),
    "type": ("ManufacturerProductType", "0173-1#02-AAO057#002", True),
    "order_code": ("OrderCodeOfManufacturer", "0173-1#02-AAO227#002", True),
    "article_number": ("ProductArticleNumberOfManufacturer", "0173-1#02-AAO676#003", True),
    "serial_number": ("SerialNumber", "0173-1#02-AAM556#002", False),
    "year": ("YearOfConstruction", "0173-1#02-AAP906#001", False),
    "hardware": ("HardwareVersion", "0173-1#02-AAN270#002", True),
    "firmware": ("FirmwareVersion", "0173-1#02-AAM985#002", True),
    "software": ("SoftwareVersion", "0173-1#02-AAM737#002", True),
    "country": ("CountryOfOrigin", "0173-1#02-AAO259#004", False),
}
ADDRESS: Mapping[str, tuple[str, str, bool]] = {
    "company": ("Company", "0173-1#02-AAW001#001", True),
    "street": ("Street", "0173-1#02-AAO128#002", True),
    "zip": ("Zipcode", "0173-1#02-AAO129#002", True),
    "city": ("CityTown", "0173-1#02-AAO132#002", True),
    "nation": ("NationalCode", "0173-1#02-AAO134#002", True),
}
NEEDED = ("manufacturer", "designation", "year", "contact")
"""What a nameplate cannot be written without, besides a family or a type."""
