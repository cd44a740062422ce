package org.dlora.template.syntax;

/**
 * A token of a template.
 *
 * @param text the source text; of a string, its value
 * @param line from 1
 */
record Token(Kind kind, String text, int line) {

    enum Kind {
        DATA("template data"),
        PRINT_BEGIN("{{"),
        PRINT_END("}}"),
        BLOCK_BEGIN("{%"),
        BLOCK_END("%}"),
        NAME("a name"),
        STRING("a string"),
        INTEGER("an integer"),
        FLOAT("a float"),
        OPERATOR("an operator"),
        END("end of template");

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        String description() {
            return description;
        }
    }

    boolean is(Kind kind, String text) {
        return this.kind == kind && this.text.equals(text);
    }

    String description() {
        return switch (kind) {
            case NAME, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
            default -> kind.description();
        };
    }
}
