package org.dlora.scheduling.fair;

/**
 * The precedence of a flow in a step, the highest first. A flow gets rows only in a step that runs
 * all runnable rows of all flows with a higher precedence. Without teams there are the first two.
 */
public enum Precedence {
    /** Its team is entitled, and it is entitled in its team. */
    ENTITLED,

    /** Its team is entitled, and it is ahead of other flows of the team. */
    AHEAD_IN_TEAM,

    /** Its team is ahead of other teams, and it is entitled in its team. */
    TEAM_AHEAD,

    /** Its team is ahead of other teams, and it is ahead of other flows of the team. */
    BOTH_AHEAD;

    static Precedence of(boolean teamIsAhead, boolean isAheadInTeam) {
        if (teamIsAhead) {
            return isAheadInTeam ? BOTH_AHEAD : TEAM_AHEAD;
        }
        return isAheadInTeam ? AHEAD_IN_TEAM : ENTITLED;
    }
}
