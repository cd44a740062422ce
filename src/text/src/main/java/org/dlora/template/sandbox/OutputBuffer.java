package org.dlora.template.sandbox;

/** Text under construction, drawn from the budget and bounded by {@link Sandbox#MAX_OUTPUT}. */
public final class OutputBuffer {

    private final StringBuilder text = new StringBuilder();
    private final Budget budget;

    public OutputBuffer(Budget budget) {
        this.budget = budget;
    }

    public OutputBuffer append(String part) {
        budget.allocate(part.length());
        if (text.length() + part.length() > Sandbox.MAX_OUTPUT) {
            throw TemplateException.limit(
                    "a text became longer than " + Sandbox.MAX_OUTPUT + " characters");
        }
        text.append(part);
        return this;
    }

    public OutputBuffer append(char part) {
        return append(String.valueOf(part));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
