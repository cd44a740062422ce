package org.dlora.device.arguments;

import static org.dlora.device.arguments.Arguments.check;

import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;

/** Checks of merges of terms into a matrix. */
public final class MergeArguments {
    private MergeArguments() {}

    /** Checks that {@code live} is another matrix like the update's. */
    @SuppressWarnings("ReferenceEquality") // Another one is other memory.
    public static void live(WeightUpdate update, WeightMatrix live) {
        var w = update.pristine();
        check(
                w != live
                        && w.rows() == live.rows()
                        && w.columns() == live.columns()
                        && w.dtype() == live.dtype(),
                () ->
                        "merge of %s into %s: expected another like it"
                                .formatted(text(w), text(live)));
    }

    /** Checks that an update's terms fit its matrix, and that it has a slice of rows. */
    public static void slice(WeightUpdate update, int fromRow, int toRow) {
        var w = update.pristine();
        check(
                fromRow >= 0
                        && fromRow <= toRow
                        && toRow <= w.rows()
                        && fromRow % WeightUpdate.SLICE_ROWS == 0
                        && (toRow == w.rows() || toRow % WeightUpdate.SLICE_ROWS == 0),
                () ->
                        "merge of rows %d to %d of %s: expected multiples of %d, or the end"
                                .formatted(fromRow, toRow, text(w), WeightUpdate.SLICE_ROWS));
        if (update.embedding()) {
            table(update, w);
        } else {
            for (LowRank term : update.terms()) {
                TermArguments.lowRank(term, w.columns(), w.rows());
            }
            check(
                    !TermArguments.overlap(update.terms()),
                    () -> "merge of terms with outputs in common: expected one term per output");
        }
    }

    private static void table(WeightUpdate update, WeightMatrix w) {
        var terms = update.terms();
        check(
                terms.size() == 1 && terms.getFirst().b().rows() == w.columns(),
                () ->
                        "merge of %d terms into an embedding: expected one, on all of its %d outputs"
                                .formatted(terms.size(), w.columns()));
        TermArguments.lowRank(terms.getFirst(), w.rows(), w.columns());
    }

    private static String text(WeightMatrix matrix) {
        return "%s [%d, %d]".formatted(matrix.dtype(), matrix.rows(), matrix.columns());
    }
}
