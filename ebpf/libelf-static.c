/*
 * Debian 13's libelf.a needs two functions of elfutils' libeu, which the package does not contain. They set up and free
 * the tree that elf_getdata_rawchunk uses. libbpf never calls that function, so stubs are enough.
 */
void eu_search_tree_init(void *tree, void *compare);
void eu_search_tree_fini(void *tree, void *free_node);

void eu_search_tree_init(void *tree, void *compare)
{
	(void)tree;
	(void)compare;
}

void eu_search_tree_fini(void *tree, void *free_node)
{
	(void)tree;
	(void)free_node;
}
