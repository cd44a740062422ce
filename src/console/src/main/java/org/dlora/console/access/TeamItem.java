package org.dlora.console.access;

import java.util.List;
import org.dlora.security.ApiKey;
import org.dlora.security.Team;
import org.dlora.security.limits.UsageReport;
import org.jspecify.annotations.Nullable;

/**
 * A team as a page shows it.
 *
 * @param keys its keys in force
 * @param budget null if it has none
 */
record TeamItem(Team team, List<ApiKey> keys, UsageReport usage, @Nullable BudgetView budget) {
    static TeamItem of(Team team, List<ApiKey> keys, UsageReport usage) {
        return new TeamItem(team, keys, usage, BudgetView.of(team.limits(), usage));
    }
}
