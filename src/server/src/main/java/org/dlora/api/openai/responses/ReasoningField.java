package org.dlora.api.openai.responses;

import org.dlora.api.openai.chat.TemplateVariables;
import org.dlora.api.web.Fields;
import tools.jackson.databind.node.ObjectNode;

/** Reader of {@code reasoning}: its effort, which a chat has as another member. */
final class ReasoningField {
    private ReasoningField() {}

    /** Adds the effort to a chat, and returns the member as the call has it. */
    static ResponseBody.Reasoning read(Fields fields, ObjectNode chat) {
        var given = fields.object("reasoning").orElse(null);
        if (given == null) {
            return ResponseBody.Reasoning.NONE;
        }
        var reasoning = Fields.at("reasoning", given);
        for (var name : new String[] {"summary", "generate_summary"}) {
            reasoning.unsupported(name, "reasoning is not summarised", _ -> false);
        }
        var effort = reasoning.word("effort", TemplateVariables.EFFORTS).orElse(null);
        reasoning.end();
        if (effort != null) {
            chat.put("reasoning_effort", effort);
        }
        return new ResponseBody.Reasoning(effort, null);
    }
}
