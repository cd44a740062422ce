package org.dlora.bench.selftest;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The speed of a product.
 *
 * @param what dtype and shape in words
 * @param rate billions of bytes or operations per second
 * @param unit of the rate
 * @param limit of the machine in the same unit; empty where it is not known
 */
record Speed(String what, double rate, String unit, OptionalDouble limit) {

    /** Returns the speed as a line for people. */
    String line() {
        return "%-10s %-52s %.1f %s%s"
                .formatted(
                        "speed",
                        what,
                        rate,
                        unit,
                        limit.isPresent()
                                ? ", %.0f %% of %.1f"
                                        .formatted(
                                                100 * rate / limit.getAsDouble(),
                                                limit.getAsDouble())
                                : "");
    }

    /** Returns the speed for programs. */
    Map<String, Object> values() {
        var values = new LinkedHashMap<String, Object>();
        values.put("what", what);
        values.put("rate", rate);
        values.put("unit", unit);
        if (limit.isPresent()) {
            values.put("limit", limit.getAsDouble());
            values.put("of_limit", rate / limit.getAsDouble());
        }
        return values;
    }
}
