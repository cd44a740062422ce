package org.dlora.security.limits;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Time after which a budget begins anew, by UTC. */
public enum BudgetPeriod {
    DAY,
    MONTH;

    /** Returns the word for the period in JSON and messages. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the period of a word; empty if there is none. */
    public static Optional<BudgetPeriod> of(String label) {
        return Arrays.stream(values()).filter(period -> period.label().equals(label)).findFirst();
    }

    /** Returns the first day of the period that {@code day} is in. */
    LocalDate begin(LocalDate day) {
        return switch (this) {
            case DAY -> day;
            case MONTH -> day.withDayOfMonth(1);
        };
    }

    /** Returns the first day of the period after the one that {@code day} is in. */
    LocalDate next(LocalDate day) {
        return switch (this) {
            case DAY -> day.plusDays(1);
            case MONTH -> day.withDayOfMonth(1).plusMonths(1);
        };
    }
}
