package org.dlora.scheduling.fair;

/**
 * The precedence of a flow in a step, the highest first. A flow gets rows only in a step that runs
 * all runnable rows of all flows with a higher precedence. Without teams there are the first two.
 */
public enum Precedence {
    /** The team is entitled, and the flow is entitled in its team. */
    ENTITLED,

    /** The team is entitled, and the flow is ahead of other flows of the team. */
    AHEAD_IN_TEAM,

    /** The team is ahead of other teams, and the flow is entitled in its team. */
    TEAM_AHEAD,

    /** The team is ahead of other teams, and the flow is ahead of other flows of the team. */
    BOTH_AHEAD;

    static Precedence of(boolean teamIsAhead, boolean isAheadInTeam) {
        if (teamIsAhead) {
            return isAheadInTeam ? BOTH_AHEAD : TEAM_AHEAD;
        }
        return isAheadInTeam ? AHEAD_IN_TEAM : ENTITLED;
    }
}
