package org.dlora.engine.sampling;

/** Thrown where the model computed a logit that is NaN or infinite. */
public final class NonFiniteLogitsException extends ArithmeticException {
    private static final long serialVersionUID = 1;

    NonFiniteLogitsException(float logit, int token) {
        super("The model computed " + logit + " as the logit of token " + token);
    }
}
