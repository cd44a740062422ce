package org.dlora.scheduling;

/**
 * The way between a device's memory and the host's.
 *
 * @param isApart whether the device has memory of its own; false for a CPU, whose memory is the
 *     host's
 * @param latency measured seconds of a copy beside those of its bytes
 * @param out measured bytes per second from the device to the host
 * @param in measured bytes per second from the host to the device
 */
public record HostLink(boolean isApart, double latency, double out, double in) {
    /** The link of a device whose memory is the host's. */
    public static final HostLink NONE = new HostLink(false, 0, 1, 1);

    public HostLink {
        if (!(latency >= 0) || !(out > 0) || !(in > 0)) {
            throw new IllegalArgumentException(
                    "A copy takes %s s beside its bytes, at %s bytes/s out and %s in: expected at least 0, and rates above 0"
                            .formatted(latency, out, in));
        }
    }

    /** Returns the seconds of copying {@code bytes} out and in again. */
    public double thereAndBack(long bytes) {
        return 2 * latency + bytes / out + bytes / in;
    }
}
