"""Places of the synthetic register: postal code, address and a point near which its people live."""

from __future__ import annotations

from typing import Final, NamedTuple


class Place(NamedTuple):
    postal_code: str
    address: str  # up to the town; house numbers are made up
    latitude: float
    longitude: float
    prefecture: str  # JIS X 0401 code, `` outside Japan
    area_code: str  # of the telephone


JAPAN: Final = (
    Place("060-0061", "北海道札幌市中央区南一条西", 43.0590, 141.3500, "01", "011"),
    Place("033-0012", "青森県三沢市平畑", 40.6830, 141.3690, "02", "0176"),
    Place("980-0811", "宮城県仙台市青葉区一番町", 38.2600, 140.8720, "04", "022"),
    Place("197-0011", "東京都福生市福生", 35.7380, 139.3270, "13", "042"),
    Place("160-0022", "東京都新宿区新宿", 35.6900, 139.7060, "13", "03"),
    Place("238-0041", "神奈川県横須賀市本町", 35.2810, 139.6650, "14", "046"),
    Place("231-0005", "神奈川県横浜市中区本町", 35.4480, 139.6380, "14", "045"),
    Place("460-0003", "愛知県名古屋市中区錦", 35.1720, 136.9000, "23", "052"),
    Place("530-0001", "大阪府大阪市北区梅田", 34.7010, 135.4950, "27", "06"),
    Place("740-0018", "山口県岩国市麻里布町", 34.1690, 132.2240, "35", "0827"),
    Place("857-0862", "長崎県佐世保市白南風町", 33.1640, 129.7260, "42", "0956"),
    Place("904-0004", "沖縄県沖縄市中央", 26.3360, 127.8010, "47", "098"),
)
UNITED_STATES: Final = (
    Place("98101", "Pine Street, Seattle, WA", 47.6110, -122.3340, "", "206"),
    Place("92101", "Market Street, San Diego, CA", 32.7130, -117.1560, "", "619"),
    Place("78205", "Commerce Street, San Antonio, TX", 29.4240, -98.4900, "", "210"),
    Place("23510", "Granby Street, Norfolk, VA", 36.8500, -76.2900, "", "757"),
    Place("80202", "Larimer Street, Denver, CO", 39.7490, -104.9970, "", "303"),
    Place("31401", "Bull Street, Savannah, GA", 32.0760, -81.0940, "", "912"),
    Place("60602", "Madison Street, Chicago, IL", 41.8820, -87.6290, "", "312"),
    Place("96813", "King Street, Honolulu, HI", 21.3070, -157.8580, "", "808"),
)
