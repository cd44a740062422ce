package org.dlora.catalogue.accounts;

/** Refusal of tokens by a limit of the account that would pay for them. */
public final class TokensRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * @param message a sentence that names the limit
     * @param cause the limit's refusal
     */
    public TokensRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
