package org.dlora.adapter;

import java.util.List;

/**
 * A set of modules as {@code target_modules} and {@code exclude_modules} write it (PEFT, {@code
 * check_target_module_exists}).
 */
sealed interface ModuleNames {
    /** Whether {@code module}, a full name in the Hugging Face module tree, belongs to the set. */
    boolean contains(String module);

    /** Full names, or endings that begin after a dot. */
    record Endings(List<String> names) implements ModuleNames {
        public Endings {
            names = List.copyOf(names);
        }

        @Override
        public boolean contains(String module) {
            return names.stream().anyMatch(name -> matches(name, module));
        }

        /** Whether the one entry {@code name} means {@code module}. */
        static boolean matches(String name, String module) {
            return module.equals(name) || module.endsWith("." + name);
        }
    }

    /** {@code re.fullmatch}. */
    record Regex(PythonRegex regex) implements ModuleNames {
        @Override
        public boolean contains(String module) {
            return regex.matchesAll(module);
        }
    }

    /** {@code "all-linear"}: every linear layer but the output embeddings. */
    record AllLinear() implements ModuleNames {
        @Override
        public boolean contains(String module) {
            return !TargetModules.EMBEDDINGS.contains(module);
        }
    }
}
