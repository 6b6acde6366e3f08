create type stock_reason as enum ('delivery', 'sale', 'return', 'correction', 'loss');
comment on type stock_reason is 'Why a quantity on a shelf changed';
