package org.dlora.bench.selftest;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The result of a check.
 *
 * @param operation name in the report
 * @param what dtype and shapes in words
 * @param note errors in words; of a failed check, what is wrong
 * @param error of the result that is nearest to its limit, or furthest beyond
 * @param allowed error of that result
 */
public record CheckResult(
        String operation, String what, boolean isOk, String note, double error, double allowed) {

    /** Returns the result of {@code check}, whose results deviate by {@code worst} at most. */
    static CheckResult of(OperationCheck check, Deviation worst) {
        String note =
                worst.ratio() == 0
                        ? "exact"
                        : worst.isAllowed()
                                ? "error %.1e of %.1e".formatted(worst.error(), worst.allowed())
                                : worst.toString();
        return new CheckResult(
                check.operation(),
                check.what(),
                worst.isAllowed(),
                note,
                worst.error(),
                worst.allowed());
    }

    static CheckResult passed(String operation, String what, String note) {
        return new CheckResult(operation, what, true, note, 0, 0);
    }

    static CheckResult failed(String operation, String what, String problem) {
        return new CheckResult(operation, what, false, problem, 0, 0);
    }

    /** Returns the result as a line for people. */
    public String line() {
        return "%-10s %-52s %-6s %s".formatted(operation, what, isOk ? "ok" : "FAILED", note);
    }

    /** Returns the result for programs. */
    Map<String, Object> values() {
        var values = new LinkedHashMap<String, Object>();
        values.put("operation", operation);
        values.put("what", what);
        values.put("ok", isOk);
        values.put("note", note);
        values.put("error", error);
        values.put("allowed", allowed);
        return values;
    }
}
