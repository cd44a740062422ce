package org.dlora.device.cpu.limits;

/** Work that meets one limit of the machine and nothing else. */
@FunctionalInterface
public interface LimitLoop {
    /**
     * Does some milliseconds of it as one worker of a team.
     *
     * @param worker 0 and up
     * @return how much that was, in bytes or floating-point operations
     */
    double run(int worker);
}
