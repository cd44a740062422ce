package org.dlora.store.history;

import jakarta.persistence.Embedded;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.MappedSuperclass;
import java.time.Instant;
import org.dlora.catalogue.history.UsageHour;
import org.dlora.catalogue.history.UsageSums;
import org.dlora.catalogue.history.UsageUnit;
import org.jspecify.annotations.Nullable;

/** Sums over the requests of an hour or a day. */
@MappedSuperclass
abstract sealed class UsageRow permits HourUsageRow, DayUsageRow {
    @EmbeddedId UsageKey id = new UsageKey("", Instant.EPOCH, "", "", "");
    @Embedded UsageSums sums = UsageSums.NONE;

    /** Returns the key of the sums that a request counts for. */
    static UsageKey keyOf(RequestRow row, UsageUnit unit) {
        return new UsageKey(
                row.base,
                row.ended.done().truncatedTo(unit.length()),
                orEmpty(row.ended.adapter()),
                orEmpty(row.ended.apiKey()),
                orEmpty(row.ended.team()));
    }

    /** Returns the sums of {@code key} without a request. */
    static UsageRow of(UsageKey key, UsageUnit unit) {
        var row =
                switch (unit) {
                    case HOUR -> new HourUsageRow();
                    case DAY -> new DayUsageRow();
                };
        row.id = key;
        return row;
    }

    /** Returns the name of the entity that sums over a unit. */
    static String entity(UsageUnit unit) {
        return switch (unit) {
            case HOUR -> "HourUsageRow";
            case DAY -> "DayUsageRow";
        };
    }

    /** Adds what a request counts for: its call once, each computed prompt once, its answer. */
    void add(RequestRow row) {
        var part = row.part;
        var ended = row.ended;
        int calls = part.beginsCall() ? 1 : 0;
        boolean hasPrompt = part.beginsPrompt() && row.isComputed();
        sums =
                sums.plus(
                        new UsageSums(
                                calls,
                                row.isAnswered() ? 0 : calls,
                                hasPrompt ? ended.promptTokens() : 0,
                                hasPrompt ? ended.cachedTokens() : 0,
                                part.hasAnswer() ? ended.outputTokens() : 0));
    }

    UsageHour toHour() {
        return new UsageHour(
                id.begin(), orNull(id.adapter()), orNull(id.apiKey()), orNull(id.team()), sums);
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
