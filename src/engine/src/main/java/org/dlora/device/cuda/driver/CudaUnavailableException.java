package org.dlora.device.cuda.driver;

/** Refusal of a GPU that this machine cannot serve on. The message is one line, for a user. */
public final class CudaUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CudaUnavailableException(String message) {
        super(message);
    }

    CudaUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
