package org.dlora.device.cuda.kernels;

/** Refusal of a GPU for which there are no kernels. The message is one line, for a user. */
public final class KernelsMissingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    KernelsMissingException(String message) {
        super(message);
    }

    KernelsMissingException(String message, Throwable cause) {
        super(message, cause);
    }
}
