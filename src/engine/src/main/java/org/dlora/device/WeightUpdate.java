package org.dlora.device;

import java.util.List;
import org.dlora.device.LoraTerm.LowRank;

/**
 * A base's matrix and the low-rank terms of an adapter that are to be merged into it. The rows of a
 * term become {@code gain ⊙ (W + scale·B·A)}; all others stay as they are. Shifts have no place in
 * a matrix and are ignored.
 *
 * @param pristine {@code W [n, k]}
 * @param terms on outputs that do not overlap
 * @param embedding whether W is a table {@code [vocab, hidden]}, whose one term acts on the columns
 *     of all rows: {@code (W + scale·(B·A)ᵀ) ⊙ gain}
 */
public record WeightUpdate(WeightMatrix pristine, List<LowRank> terms, boolean embedding) {

    /** Rows of which a slice begins at a multiple. */
    public static final int SLICE_ROWS = 64;

    public WeightUpdate {
        terms = List.copyOf(terms);
    }

    /** Returns the multiply-adds of all terms for {@code rows} rows of the matrix. */
    public long cost(int rows) {
        long ranks = terms.stream().mapToLong(term -> term.a().rows()).max().orElse(0);
        return rows * (long) pristine.columns() * (ranks + 1);
    }
}
