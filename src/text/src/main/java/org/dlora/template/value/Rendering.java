package org.dlora.template.value;

import java.time.Clock;
import org.dlora.template.sandbox.Budget;

/** The state that all operations of one render call share. */
public final class Rendering {

    private final Budget budget = new Budget();
    private final PythonText text = new PythonText(budget);
    private final PythonComparison comparison = new PythonComparison(budget);
    private final Clock clock;

    public Rendering(Clock clock) {
        this.clock = clock;
    }

    public Budget budget() {
        return budget;
    }

    public PythonText text() {
        return text;
    }

    public PythonComparison comparison() {
        return comparison;
    }

    public Clock clock() {
        return clock;
    }
}
