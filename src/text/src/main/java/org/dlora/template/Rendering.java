package org.dlora.template;

import java.time.Clock;

/** The state that all operations of one render call share. */
final class Rendering {

    private final Budget budget = new Budget();
    private final PythonText text = new PythonText(budget);
    private final Comparison comparison = new Comparison(budget);
    private final Clock clock;

    Rendering(Clock clock) {
        this.clock = clock;
    }

    Budget budget() {
        return budget;
    }

    PythonText text() {
        return text;
    }

    Comparison comparison() {
        return comparison;
    }

    Clock clock() {
        return clock;
    }
}
