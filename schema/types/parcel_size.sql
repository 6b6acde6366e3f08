create type parcel_size as (
    length_mm integer,
    width_mm integer,
    height_mm integer
);
comment on type parcel_size is 'Outer measures of a parcel, in millimetres';
