package org.dlora.engine;

/** Thrown where the model computed a logit that is NaN or infinite. */
final class NonFiniteLogitsException extends ArithmeticException {
    private static final long serialVersionUID = 1;

    NonFiniteLogitsException(float logit, int token) {
        super("The model computed " + logit + " as the logit of token " + token);
    }
}
