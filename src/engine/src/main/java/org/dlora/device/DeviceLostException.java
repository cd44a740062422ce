package org.dlora.device;

/**
 * Loss of a device: it computes nothing more in this process, whatever is asked of it. A replica on
 * it ends, and its requests go on elsewhere.
 */
public final class DeviceLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DeviceLostException(String message) {
        super(message);
    }
}
