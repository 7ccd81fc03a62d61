-- The school calendar as psql shows it.
SET search_path = leerid, public;
SET datestyle = ISO;
SELECT * FROM school_holidays('2024-2025');
SELECT first_school_day('2024-2025'), third_school_day('2024-2025'), teldag('2024-2025'), next_school_day('2024-12-21');
SELECT * FROM school_holidays('2020-2021') LIMIT 1;
SELECT teldag('1990-1991');
SELECT is_school_day('infinity');
SELECT leerplicht('2015-03-02'), leerplicht('2015-03-00'), leerplicht('2015-00-00');
