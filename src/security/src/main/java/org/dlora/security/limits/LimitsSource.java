package org.dlora.security.limits;

/**
 * Source of the limits in force. It is asked under locks, on threads that must not wait, so it
 * answers at once and calls nothing back. Thread-safe.
 */
@FunctionalInterface
public interface LimitsSource {
    /**
     * Returns the limits of a key or a team as they are now.
     *
     * @param owner as it was when its call was authenticated; its limits hold if it is gone
     */
    Limits inForce(Limited owner);
}
