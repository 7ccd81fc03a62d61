-- Shared by the benchmarks: what was measured, and measuring two statements in turn.
-- What was measured: both medians, in milliseconds for one piece of work.  The
-- bar is of their ratio: at most, or at least so many times faster.
CREATE TABLE public.measured (n serial, work text, size text DEFAULT current_setting('bench.size', true), ours text, baseline text,
	ours_ms numeric, baseline_ms numeric, bar numeric, at_least boolean DEFAULT false);

-- Runs two statements in turn, rounds times each, and keeps both medians.
-- Before each its preparation runs, untimed.
CREATE PROCEDURE public.compare(work text, ours text, baseline text, ours_prepare text, ours_run text,
	baseline_prepare text, baseline_run text, rounds integer, bar numeric DEFAULT NULL, at_least boolean DEFAULT false)
LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz;
	ours_ms numeric[];
	baseline_ms numeric[];
BEGIN
	FOR round IN 1 .. rounds LOOP
		EXECUTE ours_prepare;
		COMMIT;
		started := clock_timestamp();
		EXECUTE ours_run;
		ours_ms := ours_ms || extract(epoch FROM clock_timestamp() - started) * 1000;
		COMMIT;
		EXECUTE baseline_prepare;
		COMMIT;
		started := clock_timestamp();
		EXECUTE baseline_run;
		baseline_ms := baseline_ms || extract(epoch FROM clock_timestamp() - started) * 1000;
		COMMIT;
	END LOOP;
	INSERT INTO measured (work, ours, baseline, ours_ms, baseline_ms, bar, at_least)
	SELECT $1, $2, $3, (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY m) FROM unnest(ours_ms) m),
		(SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY m) FROM unnest(baseline_ms) m), $9, $10;
	COMMIT;
END
$$;
