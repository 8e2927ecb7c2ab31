"""Our own small model: config, equations, tokenizer, training, evaluation, weights, card."""
