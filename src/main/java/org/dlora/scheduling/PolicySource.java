package org.dlora.scheduling;

/** A named source of a policy, which settings can carry as a value. */
public interface PolicySource {
    /** Returns the name of the policy in settings. */
    String name();

    /** Returns whether the policy may ever want to merge. */
    boolean mayMerge();

    /** Returns a policy that has not decided anything yet. */
    Policy<?> create();
}
