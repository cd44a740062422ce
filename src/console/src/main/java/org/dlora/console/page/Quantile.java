package org.dlora.console.page;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Quantile of figures by the nearest rank, so that it is one of them. */
public final class Quantile {
    private Quantile() {}

    /**
     * Returns the least value that a share of the values does not exceed.
     *
     * @param share 0 to 1
     * @return null without values
     */
    public static @Nullable Double of(List<Double> values, double share) {
        if (values.isEmpty()) {
            return null;
        }
        int rank = (int) Math.ceil(share * values.size());
        return values.stream().sorted().skip(Math.max(0, rank - 1)).findFirst().orElse(null);
    }
}
