package org.dlora.app.settings;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.dlora.engine.opening.StartException;
import org.dlora.store.history.HistorySettings;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.unit.DataSize;

/**
 * The history.
 *
 * @param enabled whether requests, changes and administrative actions are kept
 * @param storeText whether prompts and answers are kept too
 * @param queue rows that may wait for the database; later ones are lost and counted
 * @param queueBytes memory that these rows may take
 * @param keep time that requests and changes are kept
 * @param maxRows requests, and changes, that are kept at most
 * @param keepAudit time that administrative actions and the sums of usage are kept
 */
public record HistoryProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("false") boolean storeText,
        @DefaultValue("10000") @Min(1) @Max(1_000_000) int queue,
        @DefaultValue("64MB") DataSize queueBytes,
        @DefaultValue("30d") @DurationUnit(ChronoUnit.SECONDS) Duration keep,
        @DefaultValue("1000000") @Min(1) long maxRows,
        @DefaultValue("365d") @DurationUnit(ChronoUnit.SECONDS) Duration keepAudit) {

    public HistoryProperties {
        if (queueBytes.toBytes() < 1) {
            throw new StartException(
                    "dlora.history.queue-bytes is %s: expected a size above 0, such as 64MB."
                            .formatted(queueBytes));
        }
        if (keep.isNegative() || keep.isZero() || keepAudit.isNegative() || keepAudit.isZero()) {
            throw new StartException(
                    "dlora.history.keep is %s and keep-audit %s: expected times above 0, such as 30d."
                            .formatted(keep, keepAudit));
        }
    }

    public HistorySettings settings() {
        return new HistorySettings(
                enabled, storeText, queue, queueBytes.toBytes(), keep, maxRows, keepAudit);
    }
}
