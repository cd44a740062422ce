package org.dlora.simulation;

/** An arm of the comparison (dLoRA, OSDI 2024, figure 11). Replicas batch alike in all arms. */
public enum Arm {
    /** Four adapters on each replica in order of popularity, which never change. */
    STATIC("static"),
    /** Dispatch by predicted finish, and placement by burst tolerance. */
    PROACTIVE("proactive"),
    /** The same, and requests and adapters move when loads have drifted apart. */
    CO_MIGRATION("co-migration");

    private final String label;

    Arm(String label) {
        this.label = label;
    }

    /** Returns its name in reports. */
    public String label() {
        return label;
    }
}
