package org.dlora.scheduling;

/**
 * A factory of a policy, with the policy's name. Settings carry it as a value: replicas restart
 * their policy only if the source changes.
 */
public interface PolicySource {
    /** Returns the name of the policy in settings. */
    String name();

    /** Returns whether the policy may ever want to merge. */
    boolean mayMerge();

    /** Returns a policy that has not decided anything yet. */
    Policy<?> create();
}
