package org.dlora.template;

/** Text under construction, drawn from the budget and bounded by {@link Limits#OUTPUT}. */
final class Output {

    private final StringBuilder text = new StringBuilder();
    private final Budget budget;

    Output(Budget budget) {
        this.budget = budget;
    }

    Output append(String part) {
        budget.allocate(part.length());
        if (text.length() + part.length() > Limits.OUTPUT) {
            throw TemplateException.limit(
                    "a text became longer than " + Limits.OUTPUT + " characters");
        }
        text.append(part);
        return this;
    }

    Output append(char part) {
        return append(String.valueOf(part));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
