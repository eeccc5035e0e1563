SELECT 1; SELECT $a$ open; SELECT 2;
$b$ $A$ $a $
