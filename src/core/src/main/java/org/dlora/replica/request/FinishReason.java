package org.dlora.replica.request;

/** Reason why a sequence ended. */
public enum FinishReason {
    /** End token, stop token or stop string. */
    STOP,
    /** {@code maxTokens} or the model's context is full. */
    LENGTH,
    /** Cancelled by the client. */
    CANCELLED
}
