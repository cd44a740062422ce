package org.dlora.bench.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The check of an operation.
 *
 * @param operation name in the report
 * @param what dtype and shapes in words
 */
record OperationCheck(String operation, String what, List<CheckCase> cases) {
    OperationCheck {
        cases = List.copyOf(cases);
    }

    /** Returns the checks of all operations. */
    static List<OperationCheck> all() {
        var checks = new ArrayList<OperationCheck>();
        Stream.of(
                        RowChecks.all(),
                        LinearChecks.all(),
                        LoraChecks.all(),
                        AttentionChecks.all(),
                        MergeChecks.all(),
                        CopyChecks.all())
                .forEach(checks::addAll);
        return checks;
    }
}
