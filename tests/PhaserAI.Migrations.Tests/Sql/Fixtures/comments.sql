-- ; a semicolon in a comment
SELECT 1; -- SELECT 2;
/* ; */ SELECT /* ; ' " $$ */ 3;
/* nested /* ; */ ; /*/**/;*/ */ SELECT 4;
SELECT 5 -- it's open
;
SELECT 6 +-- ;
7;
SELECT 8 */* ; */ 9;
SELECT 10 - -11, 12 @- 13, 14 =-15, 16 <>-- ;
17;
SELECT /*/ ; */ 18;
SELECT '--', '/*', "--" "/*";
SELECT '*/'; /***/ SELECT 19; /****/ SELECT 20;
SELECT 21--;
;
/* the end */
