package org.dlora.scheduling;

/** Names a policy and creates it, so that settings can carry it as a value. */
public interface PolicySource {
    /** Returns the name of the policy in settings. */
    String name();

    /** Returns whether the policy may ever want to merge. */
    boolean mayMerge();

    /** Returns a policy that has not decided anything yet. */
    Policy<?> create();
}
