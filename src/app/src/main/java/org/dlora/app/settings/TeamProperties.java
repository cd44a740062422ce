package org.dlora.app.settings;

import jakarta.validation.constraints.Min;
import org.dlora.operate.adapters.TeamQuota;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The most that the adapters of a team may take.
 *
 * @param maxVersions of all its adapters
 * @param maxBytes of their contents
 * @param maxPins adapters that are never evicted
 */
public record TeamProperties(
        @DefaultValue("1000") @Min(0) int maxVersions,
        @DefaultValue("100GB") DataSize maxBytes,
        @DefaultValue("8") @Min(0) int maxPins) {

    public TeamQuota quota() {
        return new TeamQuota(maxVersions, maxBytes.toBytes(), maxPins);
    }
}
