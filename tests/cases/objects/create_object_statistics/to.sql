CREATE TABLE place (town text, zip text);
CREATE STATISTICS place_town_zip (dependencies, ndistinct) ON town, zip FROM place;
