package org.dlora.console.migrations;

import java.util.List;

/**
 * Filter of the moves that have ended, as it stands in the page's address. Empty texts filter
 * nothing.
 *
 * @param outcome moved, ended or failed
 * @param replica id of the one that a request left or came to
 * @param model name that the client gave
 * @param page from 1
 */
record MoveFilter(String outcome, String replica, String model, int page) {
    static final int ROWS = 25;

    static final List<String> OUTCOMES = List.of("moved", "ended", "failed");

    /** Returns the moves that pass the filter, of all its pages. */
    List<MoveRow> filtered(List<MoveRow> moves) {
        return moves.stream().filter(this::passes).toList();
    }

    private boolean passes(MoveRow row) {
        var move = row.move();
        return (outcome.isEmpty() || outcome.equals(row.outcome()))
                && (replica.isEmpty()
                        || replica.equals(move.source())
                        || replica.equals(move.target()))
                && (model.isEmpty() || move.model().contains(model));
    }

    /** Returns the part of {@code filtered} on this page. */
    List<MoveRow> shown(List<MoveRow> filtered) {
        return filtered.stream().skip((long) (page - 1) * ROWS).limit(ROWS).toList();
    }

    /** Returns whether any filter is set. */
    public boolean isSet() {
        return !(outcome.isEmpty() && replica.isEmpty() && model.isEmpty());
    }
}
