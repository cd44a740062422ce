package org.dlora.api.admin.cluster;

import org.dlora.api.web.Fields;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import tools.jackson.databind.JsonNode;

/** Reader of promised times in JSON, which are written as in the settings. */
final class SloTimeReader {
    private static final String EXPECTED =
            "a number of seconds or text with a unit such as \"50ms\", not negative; 0 or null for none";

    private SloTimeReader() {}

    /** Returns the seconds under {@code name}; infinite for 0, for null and for an absent name. */
    static double read(Fields fields, String name) {
        var node = fields.any(name).orElse(null);
        if (node == null) {
            return Double.POSITIVE_INFINITY;
        }
        double seconds = seconds(node);
        if (!(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
            throw Fields.wrong(fields.path(name), EXPECTED, node);
        }
        return seconds == 0 ? Double.POSITIVE_INFINITY : seconds;
    }

    private static double seconds(JsonNode node) {
        if (!node.isString()) {
            return node.isNumber() ? node.doubleValue() : Double.NaN;
        }
        try {
            var duration =
                    DurationFormatterUtils.detectAndParse(
                            node.stringValue(), DurationFormat.Unit.SECONDS);
            return duration.getSeconds() + 1e-9 * duration.getNano();
        } catch (IllegalArgumentException | ArithmeticException _) {
            return Double.NaN;
        }
    }
}
