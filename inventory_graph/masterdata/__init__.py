"""What is stocked, in which units, and where.

Nouns: unit, unit bridge, category, item, variant, barcode, bill of materials, warehouse, location, supplier, supplier item,
substitute, sale stop. Stock itself is not here: ``inventory_graph.stock`` keeps it by variant and warehouse.

Invariants: every item has a variant; an SKU names one variant; an item's stock unit and tracking are fixed once it has
movements; a bill of materials never contains itself; nothing stands in for what lacks one of its allergens; nothing is deleted,
only archived, and never while it has stock.
"""
